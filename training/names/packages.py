"""Packages of the ordinary registries, as the scripts beside this one read them."""

import glob
import sys
import tempfile
import zipfile


def only(packages, pattern):
    return glob.glob(str(packages / pattern))[0]


def unpacked(packages, pattern):
    """Makes the modules of a wheel importable."""
    folder = tempfile.mkdtemp()
    with zipfile.ZipFile(only(packages, pattern)) as z:
        z.extractall(folder)
    sys.path.insert(0, folder)
