"""A head in space: the model, and how it is fitted to the points of a face."""
