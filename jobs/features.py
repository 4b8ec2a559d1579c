"""spark-submit OPTIONS (see README) jobs/features.py --config F --as-of DATE: the stages of the group `features`."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "features", *sys.argv[1:]]))
