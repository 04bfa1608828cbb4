"""Starts MiniStack, as configured by its environment variables."""
import sys

from ministack.app import main

sys.exit(main())
