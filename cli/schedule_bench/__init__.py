"""Schedules side by side: our engines and general solvers on random instances with a fixed recipe."""
