"""The course on many machines: the same function on each partition of patients, by Spark."""
