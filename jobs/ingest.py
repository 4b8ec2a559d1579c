"""spark-submit OPTIONS (see README) jobs/ingest.py --config F --as-of DATE: the stages of the group `ingest`."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "ingest", *sys.argv[1:]]))
