"""`python -m jpt_pipeline.reference`: see the package."""

import sys

from jpt_pipeline.reference import main

sys.exit(main())
