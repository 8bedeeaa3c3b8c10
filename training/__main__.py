"""Entry point of ``python -m training``."""

from napari_relic_inpaint.running.signals import ended_at_once

if __name__ == "__main__":
    with ended_at_once():
        from training.cli import main
    main()
