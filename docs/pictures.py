"""Draw the icon and the social card of the site: the two masks in the colours of the book."""
from io import BytesIO
from pathlib import Path
import matplotlib.pyplot as plt
from PIL import Image
from lowrank_nb.figures import subplots
from lowrank_nb.layout import Layout
from lowrank_nb.masks import block_diagonal_mask, hub_mask, plot_mask
from book import website

HERE = Path(__file__).parent

def bare(ax, mask, layout):
    "The mask without names and frame"
    plot_mask(mask, layout, ax)
    ax.set(xlabel='', ylabel='', title='')
    ax.axis('off')

def save(fig, path, **kwargs):
    png = BytesIO()
    fig.savefig(png, dpi=100, facecolor='white', **kwargs)
    Image.open(png).quantize(64).save(path, optimize=True)

def icon(layout=Layout(V=2, C=1)):
    fig = plt.figure(figsize=(.64, .64))
    bare(fig.add_axes((0, 0, 1, 1)), block_diagonal_mask(layout) | hub_mask(layout), layout)
    save(fig, HERE/'favicon.png', transparent=True)

def card(layout=Layout(V=6, C=3)):
    fig, axs = subplots(1, 2, figsize=(12, 6.3))
    masks = block_diagonal_mask(layout), hub_mask(layout)
    for ax, mask in zip(axs, masks): bare(ax, mask, layout)
    fig.get_layout_engine().set(rect=(.04, .04, .92, .7), wspace=.08)
    fig.text(.04, .87, website()['title'], size=38, weight='bold')
    fig.text(.04, .79, website()['description'], size=21)
    save(fig, HERE/'card.png')

icon()
card()
