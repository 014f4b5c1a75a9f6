"""Messages of our own, in several languages, to try a catalog on."""
