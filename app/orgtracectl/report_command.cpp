#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

#include <QDir>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

struct ReportArguments {
    std::string name, month, from, to, zone = "UTC", out, formats = "html";
};

struct Range {
    Evidence::SnapshotSummary a, b;
    QString label;
};

/// The month in the given zone: from the last snapshot at or before its start (else the first inside it) to the last one before its end.
Result<Range> monthRange(const Evidence::Store &store, const QString &organisationId, const QString &month, const QString &zone)
{
    const QTimeZone timeZone(zone.toUtf8());
    if (!timeZone.isValid()) {
        return Error::make(ErrorCode::BadInput, u"no time zone '%1'"_s.arg(zone), zone);
    }
    const QDate first = QDate::fromString(month + u"-01"_s, u"yyyy-MM-dd"_s);
    if (!first.isValid() || month.size() != 7) {
        return Error::make(ErrorCode::BadInput, u"--month wants YYYY-MM"_s, month);
    }
    const QDateTime start = first.startOfDay(timeZone).toUTC();
    const QDateTime end = first.addMonths(1).startOfDay(timeZone).toUTC();
    const Result<QList<Evidence::SnapshotSummary>> all = store.snapshots(organisationId);
    if (!all) {
        return std::unexpected(all.error());
    }
    std::optional<Evidence::SnapshotSummary> before, firstInside, last;
    for (const Evidence::SnapshotSummary &snapshot : *all) {
        if (snapshot.observedUtc <= start) {
            before = snapshot;
        } else if (snapshot.observedUtc < end) {
            if (!firstInside) {
                firstInside = snapshot;
            }
            last = snapshot;
        }
    }
    const std::optional<Evidence::SnapshotSummary> a = before ? before : firstInside;
    if (!a || !last || a->id == last->id) {
        return Error::make(ErrorCode::NotFound, u"%1 has fewer than two snapshots to compare for %2"_s.arg(u"the organisation"_s, month),
                           month);
    }
    return Range{*a, *last, month};
}

QString fileSafe(const QString &text)
{
    QString safeText;
    for (const QChar c : text) {
        const bool plain = (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || c.isDigit() || c == u'-' || c == u'_';
        safeText += plain && c.unicode() < 128 ? c : QChar(u'-');
    }
    return safeText.left(80);
}

QCoro::Task<int> report(Context &context, ReportArguments arguments)
{
    const Output out = context.out();
    if (arguments.formats != "html") {
        co_return out.fail({ErrorCode::BadInput, u"this version writes html only: --formats html"_s, q(arguments.formats)});
    }
    if (arguments.month.empty() == (arguments.from.empty() || arguments.to.empty())) {
        co_return out.fail({ErrorCode::BadInput, u"give either --month, or --from and --to"_s, {}});
    }
    const Result<Operations::Workspace *> workspace = context.reader();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    Range range;
    if (arguments.month.empty()) {
        const QString prefix = q(arguments.name) + u':';
        const Result<Evidence::SnapshotSummary> a = (*workspace)->resolve(prefix + q(arguments.from));
        const Result<Evidence::SnapshotSummary> b = (*workspace)->resolve(prefix + q(arguments.to));
        if (!a || !b) {
            co_return out.fail(!a ? a.error() : b.error());
        }
        range = {*a, *b, isoUtc(a->observedUtc).left(10) + u'_' + isoUtc(b->observedUtc).left(10)};
    } else {
        const Result<Evidence::SnapshotSummary> latest = (*workspace)->resolve(q(arguments.name) + u":latest"_s);
        if (!latest) {
            co_return out.fail(latest.error());
        }
        const Result<Range> month = monthRange((*workspace)->store(), latest->organisationId, q(arguments.month), q(arguments.zone));
        if (!month) {
            co_return out.fail(month.error());
        }
        range = *month;
    }
    const Result<Operations::RangeFindings> findings
        = Operations::findings((*workspace)->folder(), range.a.id, range.b.id, {}, context.cancel.token());
    if (!findings) {
        co_return out.fail(findings.error());
    }
    if (!QDir().mkpath(q(arguments.out))) {
        co_return out.fail({ErrorCode::Io, u"the folder %1 cannot be made"_s.arg(q(arguments.out)), q(arguments.out)});
    }
    const QString file = QDir(q(arguments.out)).filePath(u"orgtrace-%1-%2.html"_s.arg(fileSafe(q(arguments.name)), fileSafe(range.label)));
    const Result<void> written = Operations::writeReport(*findings, file, context.clock.nowUtc());
    if (!written) {
        co_return out.fail(written.error());
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["file"] = file;
        node["from"] = range.a.id;
        node["to"] = range.b.id;
        node["changes"] = static_cast<qint64>(findings->findings.size());
        node["notComparable"] = static_cast<qint64>(findings->difference.notComparable.size());
        out.document(node);
    } else {
        out.line(u"Wrote %1: %2 changes, %3 not comparable."_s.arg(file, thousands(findings->findings.size()),
                                                                   thousands(findings->difference.notComparable.size())));
    }
    co_return findings->difference.notComparable.isEmpty() ? 0 : 4;
}

} // namespace

void addReportCommand(CLI::App &app, Context &context, Command &chosen)
{
    auto *command = app.add_subcommand("report", "Write the redacted change report of a month or a range");
    addCommonOptions(*command, context);
    auto arguments = std::make_shared<ReportArguments>();
    command->add_option("NAME", arguments->name, "The organisation")->required();
    command->add_option("--month", arguments->month, "YYYY-MM");
    command->add_option("--zone", arguments->zone, "Time zone the month is meant in")->capture_default_str();
    command->add_option("--from", arguments->from, "Snapshot instead of a month: REV");
    command->add_option("--to", arguments->to, "Snapshot: REV");
    command->add_option("--out", arguments->out, "Folder for the report")->required();
    command->add_option("--formats", arguments->formats, "html")->capture_default_str();
    command->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return report(c, *arguments); }; });
}

} // namespace Orgtrace::Ctl
