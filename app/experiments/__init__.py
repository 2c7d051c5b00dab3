"""An experiment as data, and its run as pure functions."""
