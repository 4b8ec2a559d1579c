"""spark-submit OPTIONS (see README) jobs/segments.py --config F --as-of DATE: the stages of the group `segments`."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "segments", *sys.argv[1:]]))
