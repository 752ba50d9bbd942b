"""Long computations as jobs: in processes of this machine or on a Ray cluster, resumable, the same for a seed."""
