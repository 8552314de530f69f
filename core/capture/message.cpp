#include "capture/message.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Capture {

QString captureMessage(const QString &organisation, const QList<Evidence::LedgerRow> &rows)
{
    qint64 entities = 0;
    int complete = 0, asked = 0;
    qsizetype quarantined = 0, failedParents = 0;
    QStringList lines;
    for (const Evidence::LedgerRow &row : rows) {
        ++asked;
        entities += row.entities;
        quarantined += row.quarantined.size();
        failedParents += row.failedParents.size();
        if (row.state == Evidence::LedgerState::Complete) {
            ++complete;
        } else {
            lines.append(Evidence::ledgerStateName(row.state) + u": "_s + row.domain + u" ("_s + row.reason.simplified().left(160) + u')');
        }
    }
    if (quarantined > 0) {
        lines.append(u"quarantined entities: %1"_s.arg(quarantined));
    }
    for (const Evidence::LedgerRow &row : rows) {
        if (row.proof) {
            const QString reason = row.proof->reason.simplified().left(160);
            lines.append(Evidence::proofStateName(row.proof->state) + u": "_s + row.domain
                         + (reason.isEmpty() ? QString() : QString(u" ("_s + reason + u')')));
        }
    }
    if (failedParents > 0) {
        lines.append(u"parents not read: %1"_s.arg(failedParents));
    }
    const QString subject
        = u"Capture of %1: %2 of %3 domains complete, %4 entities read"_s.arg(organisation).arg(complete).arg(asked).arg(entities);
    return lines.isEmpty() ? subject : QString(subject + u"\n\n"_s + lines.join(u'\n'));
}

} // namespace Orgtrace::Capture
