"""How the encoder is made: `pipeline` has the steps, `run` the files, `config` the settings.

Modules that train need the train extra (``pip install "hydra-auto[train]"``), which `cli.train` checks before
it imports them. `annotations`, `additions`, `config` and `disguise_texts` do without torch: profiles and
evaluation read the annotations too, so that importing this package asks for nothing.
"""
