"""HTTP with JSON over the descriptors of the public interface: same methods, same checks, same errors as gRPC."""
