"""The command line: read arguments, call one use case, print, choose an exit status."""
