"""spark-submit OPTIONS (see README) jobs/text.py --config F --as-of DATE: the stages of the group `text`."""

import sys

from audiences.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "text", *sys.argv[1:]]))
