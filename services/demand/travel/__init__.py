"""Minutes of driving between sector centres and points; one file per way to find them."""
