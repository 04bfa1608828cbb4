"""Starts MiniStack, as configured by its environment variables, with its gaps filled."""
import sys

from ministack.app import main
from ministack_gaps import fill

fill()
sys.exit(main())
