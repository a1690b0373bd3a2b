"""The paper's two distillers and the training they share."""
