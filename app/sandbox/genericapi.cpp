#include "sandbox/api.h"

#include "sandbox/api_p.h"
#include "sandbox/generic.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

Paging stylePlanned(const QString &paging)
{
    if (paging == u"page"_s)
        return Paging::PageNumber;
    if (paging == u"page-no-total"_s)
        return Paging::PageNumberNoTotal;
    if (paging == u"after"_s || paging == u"next-page"_s) // a page is cut the same way; the token has another name
        return Paging::After;
    return Paging::Unpaged;
}

/// The domain that this path and query ask for: several may share a path, told apart by a parameter.
const Generic::Template *asked(const QString &name, const QUrlQuery &query)
{
    const Generic::Template *plain = Generic::find(name);
    for (const Generic::Template &domain : Generic::domains()) {
        if (domain.path == plain->path && !domain.when.isEmpty()
            && query.queryItemValue(domain.when.section(u'=', 0, 0)) == domain.when.section(u'=', 1))
            return &domain;
    }
    return plain;
}

std::string sent(const Body &body, Dice &dice)
{
    std::string out;
    body.send(out, dice);
    return out;
}

} // namespace

void Api::addGenericRoutes(std::vector<Route> &routes)
{
    for (const Generic::Template &domain : Generic::domains()) {
        const bool isKnown
            = std::ranges::any_of(routes, [&](const Route &route) { return route.pattern == domain.path && route.method == "GET"; });
        if (!isKnown)
            routes.push_back({"GET", domain.path, domain.rights, domain.name, stylePlanned(domain.paging), domain.size, &Api::generic});
    }
    // A word in the path goes before an id: flows/milestones is no flow.
    std::ranges::stable_sort(routes, {}, [](const Route &route) { return route.pattern.count(u"{id}"_s); });
}

Answer Api::generic(const Call &call)
{
    const Generic::Template &domain = *asked(call.route.domain, call.request.query);
    if (!domain.offered)
        return notFound(u"HTTP 404 Not Found"_s);
    for (const QString &parameter : domain.needs) {
        if (!call.request.query.hasQueryItem(parameter))
            return error(400, "bad.request", u"The parameter %1 is required."_s.arg(parameter));
    }
    QString parent;
    if (!domain.parent.isEmpty()) {
        parent
            = domain.parentQuery.isEmpty() ? call.ids.value(0) : call.request.query.queryItemValue(domain.parentQuery, QUrl::FullyDecoded);
        if (parent.isEmpty() && !domain.parentQuery.isEmpty())
            return error(400, "bad.request", u"The parameter %1 is required."_s.arg(domain.parentQuery));
        if (!m_world.org.collection(domain.parent).byId(parent) && !m_generic->holds(domain.parent, parent))
            return notFound(u"The requested resource was not found."_s);
    }
    std::vector<Body> entities = m_generic->entities(domain, parent, m_dice);
    if (domain.paging == u"single"_s)
        return entities.empty() ? error(500, "internal.server.error", u"The template does not read."_s) : object(entities.front());
    std::erase_if(entities, [&](const Body &body) { return !call.reach.covers(body); });
    if (domain.paging == u"array"_s) {
        Answer answer;
        answer.body = QByteArray::fromStdString(sent(Body::bag(std::move(entities)), m_dice));
        return answer;
    }
    PageRequest request;
    request.total = static_cast<qsizetype>(entities.size());
    request.envelope = domain.envelope;
    const auto row = [&](std::string &out, qsizetype index) { entities[static_cast<size_t>(index)].send(out, m_dice); };
    if (domain.paging != u"next-page"_s)
        return page(call, request, row);
    request.style = Paging::After;
    request.maxSize = domain.size;
    request.path = call.request.path;
    request.query = call.request.query;
    request.state = m_world.org.revision();
    if (const QString token = request.query.queryItemValue(u"nextPage"_s, QUrl::FullyDecoded); !token.isEmpty())
        request.query.addQueryItem(u"after"_s, QString::fromLatin1(QUrl::toPercentEncoding(token)));
    auto plan = planPage(request);
    if (const auto *mistake = std::get_if<PageMistake>(&plan))
        return error(400, mistake->code, mistake->message);
    Body &meta = std::get<PagePlan>(plan).meta;
    const QString next = meta.text("nextUri");
    meta = Body::object({{"pageCount", 1}});
    if (const QString token = QUrlQuery(QUrl(next).query()).queryItemValue(u"after"_s); !token.isEmpty())
        meta.set("nextUri", Body(u"%1?nextPage=%2"_s.arg(QString::fromLatin1(call.request.path), token)));
    Answer answer;
    answer.body = writePage(request, std::get<PagePlan>(plan), m_dice, row);
    return answer;
}

} // namespace Orgtrace::Sandbox
