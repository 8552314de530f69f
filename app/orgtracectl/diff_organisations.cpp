#include "orgtracectl/diff_command.h"

#include "compare/orgcompare.h"

#include <QFile>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

Result<QList<Compare::Correction>> correctionsFrom(const std::string &path)
{
    if (path.empty()) {
        return QList<Compare::Correction>();
    }
    constexpr qint64 limit = 1024LL * 1024;
    QFile file(q(path));
    if (!file.open(QIODevice::ReadOnly)) {
        return Error::make(ErrorCode::BadInput, u"cannot read %1: %2"_s.arg(q(path), file.errorString()), q(path));
    }
    Result<QList<Compare::Correction>> read = Compare::readCorrections(file.read(limit + 1));
    if (!read) {
        return Error::make(read.error().code, u"%1: %2"_s.arg(q(path), read.error().detail), read.error().where);
    }
    return read;
}

Json::Node idNode(const std::optional<QString> &id)
{
    return id ? Json::Node(*id) : Json::Node();
}

std::map<QString, qint64> countsOf(const QList<Compare::MatchRow> &rows)
{
    std::map<QString, qint64> out;
    for (const Compare::MatchRow &row : rows) {
        ++out[Compare::matchKindName(row.kind)];
    }
    return out;
}

Json::Node organisationsNode(const Compare::OrganisationDifference &both, bool withMatching)
{
    const Compare::SnapshotDifference &difference = both.difference;
    Json::Node node;
    node["version"] = 1;
    node["from"] = difference.from.id;
    node["to"] = difference.to.id;
    node["organisations"]["from"] = difference.from.organisationId;
    node["organisations"]["to"] = difference.to.organisationId;
    node["changes"] = Json::Node::array();
    for (const Compare::EntityChange &change : difference.changes) {
        Json::Node row;
        row["domain"] = change.domain;
        row["entity"] = change.entity;
        row["name"] = change.name;
        row["kind"] = Compare::changeKindName(change.kind);
        if (!change.previousEntity.isEmpty()) {
            row["twin"] = change.previousEntity;
        }
        row["fields"] = Json::Node::array();
        for (const Compare::FieldChange &field : change.fields) {
            row["fields"].append(fieldNode(field));
        }
        node["changes"].append(std::move(row));
    }
    node["notComparable"] = notComparableNode(difference.notComparable);
    node["suppressed"] = Json::Node::object();
    for (const auto &[what, count] : difference.suppressed) {
        node["suppressed"][what.toStdString()] = count;
    }
    node["rulesChanged"] = Json::Node(difference.rulesChanged);
    node["matched"] = Json::Node::object();
    for (const auto &[how, count] : countsOf(both.matching)) {
        node["matched"][how.toStdString()] = count;
    }
    if (withMatching) {
        node["matching"] = Json::Node::array();
        for (const Compare::MatchRow &match : both.matching) {
            Json::Node row;
            row["domain"] = match.domain;
            row["name"] = match.name;
            row["left"] = idNode(match.left);
            row["right"] = idNode(match.right);
            row["kind"] = Compare::matchKindName(match.kind);
            node["matching"].append(std::move(row));
        }
    }
    return node;
}

void printOrganisations(const Output &out, const Compare::OrganisationDifference &both, bool withMatching)
{
    const Compare::SnapshotDifference &difference = both.difference;
    for (const auto &[letter, side] : {std::pair(u'A', &difference.from), std::pair(u'B', &difference.to)}) {
        out.line(u"%1 %2  %3  %4"_s.arg(QChar(letter))
                     .arg(side->id.left(12), isoUtc(side->observedUtc),
                          oneLine(side->organisationName.isEmpty() ? side->organisationId : side->organisationName, 80)));
    }
    if (withMatching) {
        for (const Compare::MatchRow &row : both.matching) {
            out.line(u"%1 %2/%3  %4 = %5"_s.arg(Compare::matchKindName(row.kind).leftJustified(10), row.domain, oneLine(row.name, 80),
                                                oneLine(row.left.value_or(u"-"_s), 80), oneLine(row.right.value_or(u"-"_s), 80)));
        }
    }
    printNotComparable(out, difference.notComparable);
    for (const Compare::EntityChange &change : difference.changes) {
        QString head = u"%1 %2/%3"_s.arg(change.kind == Compare::ChangeKind::Added         ? u"only in B"_s
                                             : change.kind == Compare::ChangeKind::Removed ? u"only in A"_s
                                                                                           : u"differs  "_s,
                                         change.domain, oneLine(change.name.isEmpty() ? change.entity : change.name, 80));
        if (!change.name.isEmpty() && !change.entity.isEmpty()) {
            head += u"  ["_s + oneLine(change.entity, 80) + u']';
        }
        out.line(head);
        for (const Compare::FieldChange &field : change.fields) {
            printField(out, field);
        }
    }
    QStringList matched;
    for (const auto &[how, count] : countsOf(both.matching)) {
        matched.append(u"%1 %2"_s.arg(thousands(count), how));
    }
    out.line(u"%1 differences · matched: %2%3"_s.arg(thousands(difference.changes.size()),
                                                     matched.isEmpty() ? u"nothing"_s : matched.join(u", "_s),
                                                     suppressedWords(difference.suppressed)));
}

} // namespace

int diffOrganisations(Context &context, const DiffArguments &arguments, const Evidence::Store &store, const Evidence::SnapshotSummary &a,
                      const Evidence::SnapshotSummary &b)
{
    const Output out = context.out();
    if (arguments.format != "text" && arguments.format != "json") {
        return out.fail(
            {ErrorCode::BadInput, u"two organisations are compared as text or json: their ids differ, so that no patch could apply"_s, {}});
    }
    const Result<QList<Compare::Correction>> corrections = correctionsFrom(arguments.match);
    if (!corrections) {
        return out.fail(corrections.error());
    }
    const Result<Evidence::Snapshot> left = store.snapshot(a.id), right = store.snapshot(b.id);
    if (!left || !right) {
        return out.fail(left ? right.error() : left.error());
    }
    Compare::Options options;
    options.showTypes = arguments.types;
    options.exact = arguments.exact;
    options.domains = q(arguments.domain).split(u',', Qt::SkipEmptyParts);
    const Result<Compare::OrganisationDifference> both
        = Compare::compareOrganisations(*left, *right, *corrections, options, context.cancel.token(), [&out](qint64 done, qint64 total) {
              out.progress(u"comparing %1 of %2"_s.arg(thousands(done), thousands(total)));
          });
    out.endProgress();
    if (!both) {
        return out.fail(both.error());
    }
    if (out.isJson()) {
        out.document(organisationsNode(*both, arguments.showMatching));
    } else {
        printOrganisations(out, *both, arguments.showMatching);
    }
    return !both->difference.notComparable.isEmpty() ? 4 : both->difference.changes.isEmpty() ? 0 : 1;
}

} // namespace Orgtrace::Ctl
