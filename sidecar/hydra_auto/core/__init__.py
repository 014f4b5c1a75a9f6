"""The decision as a pure function: no clock, file, thread, logger or third-party import in here."""
