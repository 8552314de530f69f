// How an identity is written down: what it may see and do, and the role it should have instead.
#include "orgtracectl/command.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

using Operations::Workspace;

namespace {

QString namesOf(const QList<Workspace::Division> &divisions, qsizetype most = 8)
{
    QStringList names;
    for (const auto some = divisions.first(std::min(divisions.size(), most)); const Workspace::Division &division : some) {
        names.append(oneLine(division.name.isEmpty() ? division.id : division.name, 60));
    }
    if (divisions.size() > most) {
        names.append(u"%1 more"_s.arg(divisions.size() - most));
    }
    return names.join(u", "_s);
}

/// "only in Nordics, not in EMEA North, Home"
QString whereOf(const Workspace::Partial &partial)
{
    if (partial.missing.isEmpty() && partial.isConditional) {
        return u"only under a condition of its role"_s;
    }
    QString text = u"only in "_s + namesOf(partial.heldIn);
    if (!partial.missing.isEmpty()) {
        text += u"; not in "_s + namesOf(partial.missing);
    }
    return partial.isConditional ? QString(text + u"; partly under a condition"_s) : text;
}

Json::Node divisionsNode(const QList<Workspace::Division> &divisions)
{
    Json::Node node = Json::Node::array();
    for (const Workspace::Division &division : divisions) {
        Json::Node item;
        item["id"] = division.id;
        item["name"] = division.name;
        node.append(std::move(item));
    }
    return node;
}

void printSome(const Output &out, const QStringList &lines, qsizetype most)
{
    for (const auto some = lines.first(std::min(lines.size(), most)); const QString &line : some) {
        out.line(u"  ! "_s + oneLine(line));
    }
    if (lines.size() > most) {
        out.line(u"  … and %1 more"_s.arg(lines.size() - most));
    }
}

QString leftOutOf(const Workspace::Check &check)
{
    return u"this identity has too many grants: %1 of them were not looked at, so it may hold more than is said here"_s.arg(
        check.grantsLeftOut);
}

} // namespace

Json::Node identityNode(const Workspace::Check &check)
{
    Json::Node node;
    node["version"] = 1;
    node["organisation"]["id"] = check.organisationId;
    node["organisation"]["name"] = check.organisationName;
    node["subject"]["id"] = check.subjectId;
    node["subject"]["name"] = check.subjectName;
    node["domains"] = Json::Node::array();
    for (const Workspace::DomainCheck &row : check.domains) {
        Json::Node domain;
        domain["domain"] = row.domain;
        domain["allowed"] = row.allowed;
        domain["whole"] = row.allowed && !row.isShortened;
        domain["permissionsAny"] = Json::Node(row.permissionsAny);
        domain["through"] = row.through;
        domain["writePermission"] = row.writePermission;
        domain["why"] = row.why;
        node["domains"].append(std::move(domain));
    }
    node["grantsLeftOut"] = Json::Node(static_cast<qint64>(check.grantsLeftOut));
    node["audit"] = Json::Node(check.canReadAudit);
    node["canWrite"] = Json::Node(check.canWrite);
    node["partialDivisions"] = Json::Node(check.partialDivisions);
    node["partial"] = Json::Node::array();
    for (const Workspace::Partial &partial : check.partial) {
        Json::Node item;
        item["permission"] = partial.permission;
        item["heldIn"] = divisionsNode(partial.heldIn);
        item["missing"] = divisionsNode(partial.missing);
        item["conditional"] = Json::Node(partial.isConditional);
        item["domains"] = Json::Node(partial.domains);
        node["partial"].append(std::move(item));
    }
    node["leastPrivilege"] = Json::Node(check.leastPrivilege);
    node["leastPrivilegeWriting"] = Json::Node(check.leastPrivilegeWriting);
    return node;
}

void printIdentity(const Output &out, const Workspace::Check &check)
{
    out.line(u"Signed in to %1 (%2) as %3."_s.arg(oneLine(check.organisationName), check.organisationId,
                                                  oneLine(check.subjectName.isEmpty() ? check.subjectId : check.subjectName)));
    if (check.grantsLeftOut > 0) {
        out.line(u"Note: %1."_s.arg(leftOutOf(check)));
    }
    out.line({});
    out.line(u"    %1 %2 %3"_s.arg(u"domain"_s.leftJustified(26), u"permission"_s.leftJustified(40), u"held"_s));
    for (const Workspace::DomainCheck &row : check.domains) {
        const QString mark = row.allowed ? (row.isShortened ? u"!"_s : u"✓"_s) : u"✗"_s;
        QString permission = row.through, held = u"in all divisions"_s;
        if (row.permissionsAny.isEmpty()) {
            permission = u"–"_s;
            held = u"none is needed"_s;
        } else if (!row.allowed) {
            permission = row.permissionsAny.join(u" or "_s);
            held = u"no: this domain cannot be read"_s;
        } else if (row.isShortened) {
            const qsizetype at = check.partialDivisions.indexOf(row.through);
            held = at < 0 ? row.why : whereOf(check.partial.at(at));
        } else if (row.missesNewDivisions) {
            held = u"in each division there is: new divisions will not be seen"_s;
        }
        if (row.writePermission) {
            held += u" (it also allows writing; there is no other)"_s;
        }
        out.line(u"  %1 %2 %3 %4"_s.arg(mark, row.domain.leftJustified(26), permission.leftJustified(40), held));
    }
    out.line(u"  %1 %2 %3 %4"_s.arg(check.canReadAudit ? u"✓"_s : u"✗"_s, u"(audit trail)"_s.leftJustified(26),
                                    u"audits:audit:view"_s.leftJustified(40),
                                    check.canReadAudit ? u"yes"_s : u"no: nobody can say who made a change"_s));
    if (!check.partial.isEmpty()) {
        out.line({});
        out.line(u"Lists that may be shorter than the truth, without any error from the platform:"_s);
        QStringList lines;
        for (const Workspace::Partial &partial : check.partial) {
            lines.append(u"%1 %2 (%3)"_s.arg(partial.permission, whereOf(partial), partial.domains.join(u", "_s)));
        }
        printSome(out, lines, 200);
        out.line(u"What lies in the other divisions is not in the snapshot: grant the role in all divisions."_s);
    }
    if (!check.canWrite.isEmpty()) {
        out.line({});
        out.line(u"This identity holds permissions to change things, which one that audits should not (separation of duties):"_s);
        printSome(out, check.canWrite, 20);
    }
    out.line({});
    out.line(u"A role with just these permissions, granted in all divisions, is enough:"_s);
    for (const QString &permission : check.leastPrivilege) {
        const bool writes = check.leastPrivilegeWriting.contains(permission);
        out.line(u"  "_s
                 + (writes ? QString(permission.leftJustified(40) + u" allows writing, too; without it its domains stay forbidden"_s)
                           : permission));
    }
}

void warnOfIdentity(const Output &out, const Workspace::Check &check)
{
    constexpr qsizetype most = 3;
    if (check.grantsLeftOut > 0) {
        out.warning(leftOutOf(check));
    }
    if (!check.partial.isEmpty()) {
        const Workspace::Partial &first = check.partial.constFirst();
        QString text = u"lists may be shorter than the truth: %1 is held %2"_s.arg(first.permission, whereOf(first));
        if (check.partial.size() > 1) {
            text += u", and %1 more permissions likewise"_s.arg(check.partial.size() - 1);
        }
        out.warning(text + u"; \"org check\" names them all"_s);
    }
    if (const auto row = std::ranges::find(check.domains, true, &Workspace::DomainCheck::missesNewDivisions); row != check.domains.end()) {
        out.warning(row->why + u"; \"org check\" names all such domains"_s);
    }
    if (!check.canWrite.isEmpty()) {
        const QStringList some = check.canWrite.first(std::min(check.canWrite.size(), most));
        QString text = u"this identity holds permissions to change things (%1"_s.arg(oneLine(some.join(u", "_s)));
        text += check.canWrite.size() > most ? u" and %1 more)"_s.arg(check.canWrite.size() - most) : u")"_s;
        out.warning(text + u"; \"org check\" prints the role it should have instead"_s);
    }
}

} // namespace Orgtrace::Ctl
