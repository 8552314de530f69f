#include "access/outline.h"
#include "orgtracectl/access_output.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

struct ShowArguments {
    std::string subject, at = "latest", division;
};

QCoro::Task<int> show(Context &context, ShowArguments arguments)
{
    const Output out = context.out();
    const Result<AccessAt> at = accessAt(context, arguments.at);
    if (!at) {
        co_return out.fail(at.error());
    }
    const Access::AccessModel &model = at->model;
    const Result<Access::Subject> subject = model.findSubject(q(arguments.subject));
    if (!subject) {
        co_return out.fail(subject.error());
    }
    Access::EffectiveAccess access = model.effective(*subject);
    const QString division = q(arguments.division);
    QString inDivision, inDivisionName;
    if (!division.isEmpty()) {
        const Result<QString> divisionId = model.resolver().findDivision(division);
        if (!divisionId) {
            co_return out.fail(divisionId.error());
        }
        inDivision = *divisionId;
        for (const QList<Access::Division> all = model.resolver().divisions(); const Access::Division &one : all) {
            inDivisionName = one.id == inDivision ? one.name : inDivisionName;
        }
        for (Access::EffectivePermission &permission : access.permissions) {
            permission.paths.removeIf([&](const Access::AccessPath &path) {
                return path.divisionAware && !path.divisionUnclear && path.divisionId != u"*" && !path.divisionId.isEmpty()
                    && path.divisionId != *divisionId;
            });
        }
        access.permissions.removeIf([](const Access::EffectivePermission &permission) { return permission.paths.isEmpty(); });
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["snapshot"] = at->summary.id;
        node["subject"] = subjectNode(*subject);
        node["division"] = inDivision;
        node["roles"] = Json::Node(access.roles);
        node["permissions"] = Json::Node::array();
        for (const Access::EffectivePermission &permission : std::as_const(access.permissions)) {
            Json::Node row;
            row["permission"] = permission.permission();
            row["paths"] = Json::Node::array();
            for (const Access::AccessPath &path : std::as_const(permission.paths)) {
                row["paths"].append(pathNode(path));
            }
            row["denied"] = denialNodes(permission.denied);
            node["permissions"].append(std::move(row));
        }
        node["policies"] = Access::policiesSeenName(model.resolver().policiesSeen());
        node["caveats"] = Json::Node(access.caveats);
        node["notes"] = Json::Node(access.notes);
        out.document(node);
    } else {
        const QString where
            = inDivision.isEmpty() ? QString() : QString(u", only what holds in "_s + divisionText(inDivision, inDivisionName));
        out.line(u"%1 (%2 %3) at %4%5"_s.arg(oneLine(subject->name, 80), Access::subjectKindName(subject->kind), oneLine(subject->id, 80),
                                             isoUtc(at->summary.observedUtc), where));
        qsizetype denied = 0;
        out.line((inDivision.isEmpty() ? u"roles: "_s : u"roles, in whatever division: "_s)
                 + (access.roles.isEmpty() ? u"none"_s : oneLine(access.roles.join(u", "_s), 400)));
        for (const Access::Subject &container : std::as_const(access.containers)) {
            out.line(u"member of %1 %2"_s.arg(Access::subjectKindName(container.kind), oneLine(container.name, 80)));
        }
        for (const QString &note : std::as_const(access.notes)) {
            out.line(u"note: "_s + oneLine(note, 400));
        }
        for (const QString &caveat : std::as_const(access.caveats)) {
            out.line(u"! "_s + oneLine(caveat, 400));
        }
        for (const Access::EffectivePermission &permission : std::as_const(access.permissions)) {
            const bool isDenied = Access::isDenied(permission.denied);
            denied += isDenied ? 1 : 0;
            out.line(oneLine(permission.permission(), 200) + (isDenied ? u": denied"_s : QString()));
            for (const Access::Denial &denial : permission.denied) {
                out.line(u"    "_s + denialText(denial));
            }
            for (const Access::AccessPath &path : std::as_const(permission.paths)) {
                out.line(u"    "_s + pathText(path));
            }
        }
        out.line(u"%1 permissions%2%3"_s.arg(thousands(access.permissions.size() - denied),
                                             denied > 0 ? u", and %1 that access policies deny"_s.arg(thousands(denied)) : QString(),
                                             where));
    }
    co_return access.caveats.isEmpty() ? 0 : 4;
}

} // namespace

void addAccessCommands(CLI::App &app, Context &context, Command &chosen)
{
    auto *access = app.add_subcommand("access", "Effective permissions");
    access->require_subcommand(1);
    auto *showCommand = access->add_subcommand("show", "What a subject may do, and through what");
    addCommonOptions(*showCommand, context);
    auto arguments = std::make_shared<ShowArguments>();
    showCommand->add_option("SUBJECT", arguments->subject, "Id, exact name or e-mail of a user, group, team or OAuth client")->required();
    showCommand->add_option("--at", arguments->at, "[ORG:]REV")->capture_default_str();
    showCommand->add_option("--division", arguments->division, "Only what holds in this division (id or name)");
    showCommand->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return show(c, *arguments); }; });
    addAccessQuestions(*access, context, chosen);
    addAccessHistory(*access, context, chosen);
    addAccessCheck(*access, context, chosen);
}

} // namespace Orgtrace::Ctl
