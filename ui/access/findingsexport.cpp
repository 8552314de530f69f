#include "access/findingsexport.h"

#include "access/accesschanges.h"
#include "base/clock.h"
#include "changes/changeexport.h"
#include "operations/accessdocuments.h"
#include "theme/theme.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Policy::AccessCheck;
using Policy::AccessFinding;
using Policy::FindingSubject;
using Policy::HeldProof;

namespace {

QString exportWord(const char *text)
{
    return QCoreApplication::translate("Access", text);
}

// ---- CSV ---------------------------------------------------------------------------------------------------------------------

QByteArray findingsCsv(const AccessCheck &check)
{
    QByteArray text("\xEF\xBB\xBF");
    text += csvRow({u"severity"_s, u"rule"_s, u"title"_s, u"subject"_s, u"subject id"_s, u"subject kind"_s, u"conditional"_s, u"active"_s,
                    u"permission"_s, u"path"_s, u"paths"_s, u"way"_s, u"gains"_s, u"last sign-in"_s, u"what to do"_s});
    for (const AccessFinding &finding : check.findings) {
        const QStringList head{Policy::severityName(finding.severity), finding.rule, finding.title};
        if (finding.subjects.isEmpty()) {
            text += csvRow(head + QStringList{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, finding.advice});
        }
        for (const FindingSubject &found : finding.subjects) {
            const QStringList who = head
                + QStringList{found.subject.name, found.subject.id, Access::subjectKindName(found.subject.kind),
                              found.isConditional ? u"true"_s : u"false"_s, found.isActive ? u"true"_s : u"false"_s};
            const QStringList tail{found.lastSignInUtc.isValid() ? isoUtc(found.lastSignInUtc) : QString(), finding.advice};
            for (const HeldProof &proof : found.proof) {
                text += csvRow(who
                               + QStringList{proof.permission, proof.paths.isEmpty() ? QString() : pathInWords({}, proof.paths.first()),
                                             QString::number(proof.pathCount), QString(), QString()}
                               + tail);
            }
            for (const FindingSubject::Way &way : found.ways) {
                text += csvRow(who
                               + QStringList{QString(), QString(), QString(), way.name.isEmpty() ? way.id : way.name, way.gains.join(u' ')}
                               + tail);
            }
            if (found.proof.isEmpty() && found.ways.isEmpty()) {
                text += csvRow(who + QStringList{{}, {}, {}, {}, {}} + tail);
            }
        }
    }
    return text;
}

QByteArray crossCheckCsv(const CrossChecked &cross)
{
    QByteArray text("\xEF\xBB\xBF");
    text += csvRow({u"subject"_s, u"subject id"_s, u"what"_s, u"said only by"_s, u"value"_s});
    for (const auto &one : cross.check.disagreements) {
        const auto rows = [&](const QString &what, const QString &by, const QStringList &values) {
            for (const QString &value : values) {
                text += csvRow({one.subject.name, one.subject.id, what, by, value});
            }
        };
        rows(u"role"_s, u"platform"_s, one.rolesThere);
        rows(u"role"_s, u"snapshot"_s, one.rolesHere);
        rows(u"grant"_s, u"platform"_s, one.grantsThere);
        rows(u"grant"_s, u"snapshot"_s, one.grantsHere);
        rows(u"permission"_s, u"platform"_s, one.permissionsThere);
        rows(u"permission"_s, u"snapshot"_s, one.permissionsHere);
    }
    for (const auto &fault : cross.check.faults) {
        text += csvRow({fault.subject.name, fault.subject.id, u"not compared"_s, QString(), errorCodeName(fault.error.code)});
    }
    return text;
}

// ---- Markdown ----------------------------------------------------------------------------------------------------------------

QByteArray findingsMarkdown(const AccessCheck &check, const Evidence::SnapshotSummary &summary)
{
    QStringList lines{u"## "_s + escapedMarkdown(exportWord("Access findings of the snapshot of %1").arg(utcText(summary.observedUtc))),
                      {},
                      escapedMarkdown(findingsSummary(check))};
    for (const AccessFinding &finding : check.findings) {
        lines.append(QString());
        lines.append(u"### "_s + severityText(finding.severity) + u": "_s + escapedMarkdown(finding.title) + u" (`"_s
                     + QString(finding.rule).remove(u'`').simplified() + u"`)"_s);
        lines.append(QString());
        lines.append(exportWord("What to do:") + u' ' + escapedMarkdown(finding.advice));
        lines.append(QString());
        if (finding.subjects.isEmpty()) {
            lines.append(exportWord("Nobody holds it."));
            continue;
        }
        lines.append(u"| "_s + exportWord("Subject") + u" | "_s + exportWord("Permissions") + u" | "_s + exportWord("Through") + u" |"_s);
        lines.append(u"|---|---|---|"_s);
        for (const FindingSubject &found : finding.subjects) {
            QStringList permissions, paths;
            for (const HeldProof &proof : found.proof) {
                permissions.append(escapedMarkdown(proof.permission));
                if (!proof.paths.isEmpty()) {
                    paths.append(escapedMarkdown(pathInWords({}, proof.paths.first())));
                }
            }
            for (const FindingSubject::Way &way : found.ways) {
                paths.append(
                    escapedMarkdown(exportWord("by way of %1: %2").arg(way.name.isEmpty() ? way.id : way.name, way.gains.join(u", "_s))));
            }
            paths.removeDuplicates();
            lines.append(u"| "_s
                         + escapedMarkdown(nameOrId(found.subject) + u" ("_s + subjectKindText(found.subject.kind) + u", "_s
                                           + found.subject.id + u')')
                         + (found.isActive ? QString() : u", "_s + exportWord("not active"))
                         + (found.isConditional ? u", "_s + exportWord("under a condition") : QString()) + u" | "_s
                         + permissions.join(u"<br>"_s) + u" | "_s + paths.join(u"<br>"_s) + u" |"_s);
        }
        if (finding.subjectCount > finding.subjects.size()) {
            lines.append(QString());
            lines.append(exportWord("and %1 more").arg(countText(finding.subjectCount - finding.subjects.size())));
        }
    }
    for (const QStringList unknown = check.notes + check.caveats; const QString &line : unknown) {
        lines.append(u"\n> "_s + escapedMarkdown(line));
    }
    return QString(lines.join(u'\n') + u'\n').toUtf8();
}

QByteArray crossCheckMarkdown(const CrossChecked &cross)
{
    QStringList lines{u"## "_s + escapedMarkdown(exportWord("What the platform says, and the snapshot")),
                      {},
                      escapedMarkdown(crossCheckSummary(cross.check, cross.summary))};
    for (const auto &one : cross.check.disagreements) {
        lines.append(QString());
        lines.append(u"### "_s + escapedMarkdown(nameOrId(one.subject) + u" ("_s + one.subject.id + u')'));
        lines.append(QString());
        for (const QStringList words = disagreementInWords(one); const QString &line : words) {
            lines.append(u"- "_s + escapedMarkdown(line));
        }
    }
    return QString(lines.join(u'\n') + u'\n').toUtf8();
}

} // namespace

QByteArray findingsAs(FindingsFormat format, const AccessCheck &check, const Evidence::SnapshotSummary &summary)
{
    switch (format) {
    case FindingsFormat::Json: return Operations::accessCheckDocument(check, summary).canonicalText();
    case FindingsFormat::Csv: return findingsCsv(check);
    case FindingsFormat::Markdown: break;
    }
    return findingsMarkdown(check, summary);
}

QByteArray crossCheckAs(FindingsFormat format, const CrossChecked &cross)
{
    switch (format) {
    case FindingsFormat::Json: return Operations::crossCheckDocument(cross.check, cross.summary, cross.seed).canonicalText();
    case FindingsFormat::Csv: return crossCheckCsv(cross);
    case FindingsFormat::Markdown: break;
    }
    return crossCheckMarkdown(cross);
}

} // namespace Orgtrace::Ui
