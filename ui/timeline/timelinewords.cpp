#include "timeline/timelinewords.h"

#include "theme/theme.h"

#include <QCoreApplication>
#include <QTimeZone>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

QString tickWords(const char *text)
{
    return QCoreApplication::translate("TimelineView", text);
}

} // namespace

QString captureKindText(CaptureKind kind)
{
    switch (kind) {
    case CaptureKind::Scheduled: return tickWords("Captured on schedule.");
    case CaptureKind::Retried: return tickWords("Captured by the watch, after an attempt that failed.");
    case CaptureKind::Events: return tickWords("Event-driven: captured soon after a change was heard of.");
    case CaptureKind::Hand: return tickWords("Captured by hand.");
    case CaptureKind::Command: return tickWords("Captured from the command line, by hand or by a timer.");
    case CaptureKind::Imported: return tickWords("Imported, not captured by Orgtrace.");
    case CaptureKind::Unknown: break;
    }
    return tickWords("What began the capture was not recorded.");
}

QString TickCard::text() const
{
    QStringList all{which.isEmpty() ? utc : QString(which + u": "_s + utc), local};
    for (const auto &[severity, count] : severities) {
        all.append(u"%1 %2"_s.arg(countText(count), severityText(severity).toLower()));
    }
    all += lines;
    return all.join(u'\n');
}

TickCard tickCard(const Timeline &timeline, int entry, int alike, const TickProof &proof)
{
    TickCard card;
    const TimelineEntry &one = timeline.entries.at(entry);
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(one.timeMs, QTimeZone::UTC);
    card.utc = utcText(time);
    card.local = utcAndLocalText(time).section(u" · "_s, 1);
    for (int i = static_cast<int>(one.bySeverity.size()) - 1; i >= 0; --i) {
        if (const int count = one.bySeverity.at(static_cast<size_t>(i)); count > 0) {
            card.severities.append({static_cast<Policy::Severity>(i), count});
        }
    }
    if (!one.known) {
        card.lines.append(tickWords("Being compared with the snapshot before …"));
    } else if (entry == 0) {
        card.lines.append(tickWords("The first snapshot: nothing before it to compare with."));
    } else if (one.changes == 0) {
        card.lines.append(tickWords("No changes since the snapshot before."));
    } else {
        QString changes
            = counted(one.changes, tickWords("%1 change since the snapshot before"), tickWords("%1 changes since the snapshot before"));
        if (one.worst) {
            changes += tickWords(", the worst of severity %1").arg(severityText(*one.worst).toLower());
        }
        card.lines.append(changes + u'.');
    }
    card.lines.append(tickWords("%1 of %2 domains read completely.").arg(one.domainsComplete).arg(one.domainsTotal));
    if (one.domainsNotComparable > 0) {
        card.lines.append(counted(one.domainsNotComparable, tickWords("%1 domain cannot be compared with the snapshot before."),
                                  tickWords("%1 domains cannot be compared with the snapshot before.")));
    }
    card.lines.append(captureKindText(one.kind));
    QString proven = one.writer.isEmpty() ? QString() : tickWords("Writer %1").arg(shortId(one.writer));
    const QString state = proof.state == TickProof::State::Valid ? tickWords("signature valid")
        : proof.state == TickProof::State::Broken                ? tickWords("does not prove: %1").arg(proof.what)
                                                                 : tickWords("signature not checked yet");
    proven += proven.isEmpty() ? QString(state.front().toUpper() + state.sliced(1)) : QString(u" · "_s + state);
    card.lines.append(proven + u'.');
    for (const TimelineFlag &flag : timeline.flags) {
        if (flag.timeMs == one.timeMs) {
            card.lines.append(tickWords("Flag: %1").arg(flag.name));
        }
    }
    if (alike > 1) {
        card.lines.append(counted(alike - 1, tickWords("%1 more snapshot in the same place: zoom in to tell them apart."),
                                  tickWords("%1 more snapshots in the same place: zoom in to tell them apart.")));
    }
    return card;
}

} // namespace Orgtrace::Ui
