"""The public interface: areas, plans, deployments."""
