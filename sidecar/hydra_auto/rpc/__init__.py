"""JSON-RPC over stdio: the only part that knows pygls and lsprotocol."""
