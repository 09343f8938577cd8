"""Pictures of representations: exact geometry first, floats at the last moment only."""
