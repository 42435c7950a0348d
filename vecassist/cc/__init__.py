"""The compile path: proved rewrites on their way into a build, without a model and without a change to a source."""
