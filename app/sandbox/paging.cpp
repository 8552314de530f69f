#include "sandbox/paging.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

std::optional<PageMistake> readNumber(const QUrlQuery &query, const QString &key, qint64 &value)
{
    if (!query.hasQueryItem(key))
        return std::nullopt;
    bool ok = false;
    const qint64 number = query.queryItemValue(key).toLongLong(&ok);
    if (!ok || number < 1 || number > 1'000'000'000)
        return PageMistake{"bad.request", u"The parameter %1 must be a positive number."_s.arg(key)};
    value = number;
    return std::nullopt;
}

QString uri(const PageRequest &request, std::initializer_list<std::pair<QString, QString>> changed)
{
    QUrlQuery query = request.query;
    for (const auto &[key, value] : changed) {
        query.removeAllQueryItems(key);
        query.addQueryItem(key, value);
    }
    return QString::fromLatin1(request.path) + u'?' + query.toString(QUrl::FullyEncoded);
}

QString cursorAt(const PageRequest &request, qsizetype offset)
{
    const QByteArray text = "1|" + request.path + '|' + QByteArray::number(offset) + '|' + QByteArray::number(request.state);
    return QString::fromLatin1(text.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals));
}

std::optional<qsizetype> offsetOf(const PageRequest &request, const QString &cursor)
{
    const auto decoded
        = QByteArray::fromBase64Encoding(cursor.toLatin1(), QByteArray::Base64UrlEncoding | QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded)
        return std::nullopt;
    const QList<QByteArray> parts = (*decoded).split('|');
    if (parts.size() != 4 || parts[0] != "1" || parts[1] != request.path || parts[3] != QByteArray::number(request.state))
        return std::nullopt;
    bool ok = false;
    const qsizetype offset = parts[2].toLongLong(&ok);
    if (!ok || offset < 0 || offset > request.total)
        return std::nullopt;
    return offset;
}

void addNumbered(const PageRequest &request, qint64 number, qint64 size, PagePlan &plan)
{
    const qint64 pages = (request.total + size - 1) / size;
    Body &meta = plan.meta;
    meta.set("pageNumber", Body(number));
    meta.set("pageSize", Body(size));
    if (request.style == Paging::PageNumberNoUris) {
        meta.set("total", Body(request.total));
        meta.set("pageCount", Body(pages));
        return;
    }
    const auto page
        = [&](qint64 n) { return Body(uri(request, {{u"pageSize"_s, QString::number(size)}, {u"pageNumber"_s, QString::number(n)}})); };
    meta.set("selfUri", page(number));
    meta.set("firstUri", page(1));
    if (number > 1)
        meta.set("previousUri", page(number - 1));
    if (number < pages)
        meta.set("nextUri", page(number + 1));
    if (request.style == Paging::PageNumber) {
        meta.set("total", Body(request.total));
        meta.set("pageCount", Body(pages));
        meta.set("lastUri", page(std::max<qint64>(pages, 1)));
    }
}

} // namespace

std::variant<PagePlan, PageMistake> planPage(const PageRequest &request)
{
    PagePlan plan;
    if (request.style == Paging::Unpaged) {
        plan.count = request.total;
        plan.meta = Body::object({{"pageSize", request.total},
                                  {"pageNumber", 1},
                                  {"total", request.total},
                                  {"pageCount", 1},
                                  {"selfUri", Body(QString::fromLatin1(request.path))}});
        return plan;
    }
    qint64 size = request.defaultSize;
    qint64 number = 1;
    if (const auto mistake = readNumber(request.query, u"pageSize"_s, size))
        return *mistake;
    size = std::min<qint64>(size, request.maxSize);
    if (request.style == Paging::PageNumber || request.style == Paging::PageNumberNoTotal || request.style == Paging::PageNumberNoUris) {
        if (const auto mistake = readNumber(request.query, u"pageNumber"_s, number))
            return *mistake;
        plan.from = std::min<qint64>((number - 1) * size, request.total);
        plan.count = std::min<qint64>(size, request.total - plan.from);
        addNumbered(request, number, size, plan);
        return plan;
    }
    const QString key = request.style == Paging::After ? u"after"_s : u"cursor"_s;
    if (const QString cursor = request.query.queryItemValue(key, QUrl::FullyDecoded); !cursor.isEmpty()) {
        const auto offset = offsetOf(request, cursor);
        if (!offset)
            return PageMistake{"bad.request", u"The %1 cursor is invalid or has expired."_s.arg(key)};
        plan.from = *offset;
    }
    plan.count = std::min<qint64>(size, request.total - plan.from);
    const qsizetype end = plan.from + plan.count;
    const QString next = end < request.total ? cursorAt(request, end) : QString();
    if (request.style == Paging::After) {
        plan.meta.set("selfUri", Body(uri(request, {{u"pageSize"_s, QString::number(size)}})));
        if (!next.isEmpty())
            plan.meta.set("nextUri", Body(uri(request, {{u"pageSize"_s, QString::number(size)}, {key, next}})));
        if (plan.from > 0)
            plan.meta.set(
                "previousUri",
                Body(uri(request,
                         {{u"pageSize"_s, QString::number(size)}, {key, cursorAt(request, std::max<qsizetype>(0, plan.from - size))}})));
    } else {
        if (request.id.isEmpty())
            plan.meta.set("results", Body(plan.count));
        else
            plan.meta.set("pageSize", Body(size));
        if (!next.isEmpty())
            plan.meta.set("cursor", Body(next));
    }
    return plan;
}

QByteArray writePage(const PageRequest &request, const PagePlan &plan, Dice &dice,
                     const std::function<void(std::string &out, qsizetype index)> &row)
{
    std::string out;
    out.reserve(static_cast<size_t>(plan.count) * 1024 + 512);
    out += "{\"";
    out += request.itemsKey.toStdString(); // one of ours: letters only
    out += "\":[";
    if (plan.count > 0) {
        const qsizetype start = request.ordered ? 0 : dice.below(static_cast<int>(plan.count));
        for (qsizetype n = 0; n < plan.count; ++n) {
            if (n > 0)
                out += ',';
            row(out, plan.from + (start + n) % plan.count);
        }
    }
    out += ']';
    std::string meta;
    Body members = plan.meta;
    if (request.envelope) {
        std::erase_if(members.members(), [&](const Body::Member &one) {
            const std::string_view name = one.name();
            return !request.envelope->contains(QLatin1StringView(name.data(), static_cast<qsizetype>(name.size())));
        });
    }
    if (!request.id.isEmpty())
        members.set("id", Body(request.id));
    members.send(meta, dice);
    if (meta.size() > 2) {
        out += ',';
        out.append(meta, 1);
    } else {
        out += '}';
    }
    return {out.data(), static_cast<qsizetype>(out.size())};
}

} // namespace Orgtrace::Sandbox
