"""Deployments to replay calls against, from the files of other commands; one file per kind."""
