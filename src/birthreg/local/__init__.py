"""The one-command run: embedded servers, first data, and the service over them, watched."""
