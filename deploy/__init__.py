"""The `officers deploy` code and the cluster manifests."""
