#include "sandbox/pagebend.h"

#include "base/digest.h"
#include "json/node.h"
#include "json/value.h"

#include <algorithm>
#include <array>
#include <map>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr std::array cursorNames{QLatin1StringView("cursor"), QLatin1StringView("after"), QLatin1StringView("nextPage")};

/// A page in parts: rows by id, and the members beside them.
struct Parts {
    std::string itemsKey;
    std::map<std::string, Json::Node> rows;
    Json::Node::Object members;
};

std::optional<Parts> partsOf(const Answer &answer)
{
    const auto document = Json::parse(view(answer.body));
    if (answer.status != 200 || !document || !document->root().isObject())
        return std::nullopt;
    Parts parts;
    for (const Json::Member &member : document->root().members()) {
        const std::string key(member.key);
        if (!member.value.isArray() || (key != "entities" && key != "results")) {
            parts.members.insert_or_assign(key, Json::Node(member.value));
            continue;
        }
        parts.itemsKey = key;
        for (const Json::Value row : member.value.items())
            parts.rows.insert_or_assign(row["id"].toQString().toStdString(), Json::Node(row));
    }
    return parts.itemsKey.empty() ? std::nullopt : std::optional(std::move(parts));
}

Request withPage(Request request, qint64 number)
{
    request.query.removeAllQueryItems(u"pageNumber"_s);
    request.query.addQueryItem(u"pageNumber"_s, QString::number(number));
    return request;
}

Request withSize(Request request, qint64 largest)
{
    bool ok = false;
    const qint64 size = request.query.queryItemValue(u"pageSize"_s).toLongLong(&ok);
    request.query.removeAllQueryItems(u"pageSize"_s);
    request.query.addQueryItem(u"pageSize"_s, QString::number(ok ? std::min(size, largest) : largest));
    return request;
}

void dropFirst(Parts &parts, qint64 count)
{
    for (; count > 0 && !parts.rows.empty(); --count)
        parts.rows.erase(parts.rows.begin());
}

/// Lets the rows of a numbered listing move up by so many.
void moveUp(Parts &parts, qint64 count, const std::optional<Parts> &following)
{
    dropFirst(parts, count);
    if (!following)
        return;
    for (const auto &[id, row] : following->rows) {
        if (--count < 0)
            break;
        parts.rows.insert_or_assign(id, row);
    }
}

void addTo(Parts &parts, const std::string &member, qint64 change)
{
    const auto found = parts.members.find(member);
    if (found != parts.members.end())
        found->second = Json::Node(std::max<qint64>(QString::fromUtf8(found->second.compactText()).toLongLong() + change, 0));
}

} // namespace

qint64 pageNumberOf(const QUrlQuery &query)
{
    return std::max<qint64>(query.queryItemValue(u"pageNumber"_s).toLongLong(), 1);
}

bool hasCursor(const QUrlQuery &query)
{
    return std::ranges::any_of(cursorNames, [&](QLatin1StringView name) { return !query.queryItemValue(name).isEmpty(); });
}

Answer bentAnswer(const Request &asked, const PageBend &bend, const std::function<Answer(const Request &)> &straight)
{
    const Request request = bend.largestPage > 0 ? withSize(asked, bend.largestPage) : asked;
    Answer answer = straight(request);
    std::optional<Parts> parts = partsOf(answer);
    if (!parts)
        return answer;
    const bool isNumbered = request.query.hasQueryItem(u"pageNumber"_s);
    const qint64 number = pageNumberOf(request.query);
    if (bend.again) {
        Request before = isNumbered ? withPage(request, std::max<qint64>(number - 1, 1)) : request;
        for (const QLatin1StringView name : cursorNames)
            before.query.removeAllQueryItems(name);
        if (const auto earlier = partsOf(straight(before)))
            parts->rows = earlier->rows;
    }
    const qint64 move = bend.missing + bend.shift;
    if (move > 0 && isNumbered)
        moveUp(*parts, move, partsOf(straight(withPage(request, number + 1))));
    else if (bend.missing > 0 && !hasCursor(request.query))
        dropFirst(*parts, bend.missing);
    addTo(*parts, "total", bend.totalLie - bend.missing);
    Json::Node::Array rows;
    for (auto &[id, row] : parts->rows)
        rows.push_back(std::move(row));
    Json::Node page(std::move(parts->members));
    page[parts->itemsKey] = Json::Node(std::move(rows));
    answer.body = page.compactText();
    return answer;
}

} // namespace Orgtrace::Sandbox
