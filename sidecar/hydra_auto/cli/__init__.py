"""The command line: the composition root, where adapters are handed to the application."""
