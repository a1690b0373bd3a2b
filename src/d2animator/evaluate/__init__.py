"""How good is it? Metrics, protocols, and the paper's ablation on faces whose truth is known."""
