"""Packaging: everything it says is read from settings.ini."""
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

root = Path(__file__).parent
cfg = ConfigParser(delimiters=['='])
cfg.read(root/'settings.ini', encoding='utf-8')
cfg = cfg['DEFAULT']

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'],
    long_description=(root/'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    author=cfg['author'], license='MIT', python_requires=f">={cfg['min_python']}",
    packages=find_packages(include=['lowrank_nb', 'lowrank_nb.*']),
    package_data={'lowrank_nb': ['conf/*.yaml', 'static/**', 'weights/*']},
    install_requires=cfg['requirements'].split(),
    extras_require={extra: cfg[f'{extra}_requirements'].split()
                    for extra in ('cluster', 'tensorboard', 'dev', 'docs', 'browser')},
    entry_points={'console_scripts': cfg['console_scripts'].split(),
                  'nbdev': [f"{cfg['lib_name']}={cfg['lib_name']}._modidx:d"]},
    zip_safe=False)
