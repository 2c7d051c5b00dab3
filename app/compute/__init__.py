"""The executor seam: where the pure functions of app.experiments run."""
