"""The photo itself moves: its pixels as the texture of a head model that follows the driver."""
