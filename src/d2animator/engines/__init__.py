"""What draws codes and reads landmarks, on this machine as fast as it can."""
