"""Pictures and video in and out, streamed."""
