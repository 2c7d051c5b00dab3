"""The mathematics: numpy and the standard library, nothing else."""
