from qtpy.QtCore import QCoreApplication, QEvent, QThreadPool

from napari_relic_inpaint.widgets.job import Job


def test_what_a_run_says_while_its_window_closes_is_dropped(qtbot):
    """PySide delivers what was queued before the signals were disconnected; PyQt does not."""
    job = Job("Go", "Start")
    results = []
    job.finished.connect(results.append)

    def work(_):
        yield from ()
        return "result"

    job.start(work)
    # Without the event loop, so that all that the run says is still in the queue.
    assert QThreadPool.globalInstance().waitForDone(10_000)
    job.native.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    assert results == []
