#include "diff/diffview_p.h"

#include <QClipboard>
#include <QFutureWatcher>
#include <QGuiApplication>
#include <QtConcurrentRun>

#include <algorithm>

namespace Orgtrace::Ui {

/// Small texts go to the clipboard at once, large ones are made on a worker first.
void DiffView::Private::put(qsizetype bytes, std::function<QString()> make, const QString &what)
{
    constexpr qsizetype AtOnce = 300'000;
    const int job = ++copyJob;
    const auto take = [this, job, what](const QString &text) {
        if (job == copyJob && !text.isEmpty()) {
            QGuiApplication::clipboard()->setText(text);
            Q_EMIT q->copied(what);
        }
    };
    if (bytes <= AtOnce) {
        take(make());
        return;
    }
    auto *watcher = new QFutureWatcher<QString>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [watcher, take] {
        watcher->deleteLater();
        take(watcher->result());
    });
    watcher->setFuture(QtConcurrent::run(std::move(make)));
}

void DiffView::copySelection()
{
    if (!d->document) {
        return;
    }
    if (!d->marks.hasSelection()) {
        if (d->line() != 0) {
            d->put(0, [this] { return d->document->lines(d->marks.side).line(d->line()); }, tr("line"));
        }
        return;
    }
    const auto [from, to] = std::minmax(d->marks.anchor, d->marks.caret);
    qsizetype bytes = 0;
    for (int row = from.row; row <= std::min(to.row, d->rowCount() - 1) && bytes < 1'000'000; ++row) {
        bytes += 1 + d->document->lines(d->marks.side).length(d->document->rowLine(row, d->marks.side));
    }
    d->put(
        bytes, [document = d->document, side = d->marks.side, from, to] { return selectionText(*document, side, from, to); },
        tr("selection"));
}

void DiffView::copyValue()
{
    if (d->line() == 0) {
        return;
    }
    const TextLines &lines = d->document->lines(d->marks.side);
    const qsizetype bytes = lines.between(d->line(), lines.end(d->line())).size();
    d->put(
        bytes, [document = d->document, side = d->marks.side, line = d->line()] { return valueText(document->lines(side), line); },
        tr("value"));
}

void DiffView::copyPath()
{
    if (d->line() != 0) {
        QGuiApplication::clipboard()->setText(currentPointer());
        Q_EMIT copied(tr("pointer"));
    }
}

void DiffView::copyNamedPath()
{
    const int change = currentChange();
    if (change < 0 || d->line() == 0) {
        copyPath();
        return;
    }
    const Compare::RowChange &at = d->document->rows.changes[change];
    const QString pointer = currentPointer();
    QGuiApplication::clipboard()->setText(!at.path.isEmpty() && at.pointer == pointer ? at.path : pointer);
    Q_EMIT copied(tr("path"));
}

void DiffView::copyPatch()
{
    if (d->patch && d->document) {
        const qsizetype bytes = d->document->left.text().size() + d->document->right.text().size();
        d->put(bytes, [patch = d->patch] { return QString::fromUtf8(patch()); }, tr("JSON Patch of the whole change"));
    }
}

void DiffView::copyChangePatch()
{
    if (const int change = currentChange(); change >= 0 && d->changePatch) {
        const qsizetype bytes = d->document->left.text().size() + d->document->right.text().size();
        d->put(bytes, [patch = d->changePatch, change] { return QString::fromUtf8(patch(change)); }, tr("JSON Patch of this field"));
    }
}

void DiffView::copySide()
{
    if (d->document) {
        const TextLines lines = d->document->lines(d->marks.side);
        d->put(
            lines.text().size(), [lines] { return QString::fromUtf8(lines.text()); },
            d->marks.side == Side::Left ? tr("whole text of A") : tr("whole text of B"));
    }
}

} // namespace Orgtrace::Ui
