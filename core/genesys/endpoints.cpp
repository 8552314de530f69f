#include "genesys/endpoints.h"

#include <QHostAddress>

#include <algorithm>
#include <vector>

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

namespace {
qsizetype editDistance(const QString &left, const QString &right)
{
    std::vector<qsizetype> row(static_cast<size_t>(right.size()) + 1);
    for (size_t j = 0; j < row.size(); ++j) {
        row[j] = static_cast<qsizetype>(j);
    }
    for (qsizetype i = 1; i <= left.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i;
        for (qsizetype j = 1; j <= right.size(); ++j) {
            const auto at = static_cast<size_t>(j);
            const qsizetype above = row[at];
            const qsizetype change = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[at] = std::min({above + 1, row[at - 1] + 1, change});
            diagonal = above;
        }
    }
    return row.back();
}

QStringList nearestNames(const QString &wanted)
{
    std::vector<std::pair<qsizetype, QString>> ranked;
    for (const Region &region : regions()) {
        ranked.emplace_back(std::min(editDistance(wanted, region.name), editDistance(wanted, region.domain)), region.name);
    }
    std::ranges::sort(ranked);
    QStringList names;
    for (size_t i = 0; i < 3; ++i) {
        names.append(ranked[i].second);
    }
    return names;
}

Result<QUrl> readBase(const QString &text, const char *what)
{
    QString trimmed = text.trimmed();
    while (trimmed.endsWith(u'/')) {
        trimmed.chop(1);
    }
    QUrl url(trimmed, QUrl::StrictMode);
    if (!url.isValid() || !isSafeBase(url)) {
        return Error::make(
            ErrorCode::BadInput,
            QStringLiteral("The %1 base URL must be https://host (plain http only for this machine), without user name, query or fragment.")
                .arg(QLatin1StringView(what)),
            url.toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment).left(200));
    }
    return url;
}
} // namespace

const QList<Region> &regions()
{
    static const QList<Region> list{
        {QStringLiteral("us-east-1"), QStringLiteral("mypurecloud.com")},
        {QStringLiteral("us-east-2"), QStringLiteral("use2.us-gov-pure.cloud")},
        {QStringLiteral("us-west-2"), QStringLiteral("usw2.pure.cloud")},
        {QStringLiteral("ca-central-1"), QStringLiteral("cac1.pure.cloud")},
        {QStringLiteral("mx-central-1"), QStringLiteral("mxc1.pure.cloud")},
        {QStringLiteral("sa-east-1"), QStringLiteral("sae1.pure.cloud")},
        {QStringLiteral("eu-west-1"), QStringLiteral("mypurecloud.ie")},
        {QStringLiteral("eu-west-2"), QStringLiteral("euw2.pure.cloud")},
        {QStringLiteral("eu-central-1"), QStringLiteral("mypurecloud.de")},
        {QStringLiteral("eu-central-2"), QStringLiteral("euc2.pure.cloud")},
        {QStringLiteral("eusc-de-east-1"), QStringLiteral("edee1.eusc-pure.cloud")},
        {QStringLiteral("me-central-1"), QStringLiteral("mec1.pure.cloud")},
        {QStringLiteral("ap-south-1"), QStringLiteral("aps1.pure.cloud")},
        {QStringLiteral("ap-northeast-1"), QStringLiteral("mypurecloud.jp")},
        {QStringLiteral("ap-northeast-2"), QStringLiteral("apne2.pure.cloud")},
        {QStringLiteral("ap-northeast-3"), QStringLiteral("apne3.pure.cloud")},
        {QStringLiteral("ap-southeast-1"), QStringLiteral("apse1.pure.cloud")},
        {QStringLiteral("ap-southeast-2"), QStringLiteral("mypurecloud.com.au")},
    };
    return list;
}

bool isSafeBase(const QUrl &url)
{
    if (!url.isValid() || url.host().isEmpty() || !url.userInfo().isEmpty() || url.hasQuery() || url.hasFragment()) {
        return false;
    }
    if (url.scheme() == QLatin1StringView("https")) {
        return true;
    }
    if (url.scheme() != QLatin1StringView("http")) {
        return false;
    }
    return url.host() == QLatin1StringView("localhost") || QHostAddress(url.host()).isLoopback();
}

Result<Endpoints> endpoints(const QString &region, const QString &apiOverride, const QString &loginOverride)
{
    const QString wanted = region.trimmed().toLower();
    Endpoints out;
    const auto known = std::ranges::find_if(regions(), [&](const Region &r) { return wanted == r.name || wanted == r.domain; });
    if (known != regions().end()) {
        out.region = known->name;
        out.login = QUrl(u"https://login."_s + known->domain);
        out.api = QUrl(u"https://api."_s + known->domain);
    } else if ((wanted.isEmpty() || wanted == QLatin1StringView("custom")) && !apiOverride.trimmed().isEmpty()) {
        out.region = QStringLiteral("custom");
    } else {
        const QString detail = wanted.isEmpty()
            ? QStringLiteral("No region is given; for example %1.")
            : QStringLiteral("No such region; the nearest names are %1. Another host needs region \"custom\" and a base URL.");
        return Error::make(ErrorCode::WrongRegion, detail.arg(nearestNames(wanted.left(100)).join(QStringLiteral(", "))), region.left(100));
    }
    if (!apiOverride.trimmed().isEmpty()) {
        const auto url = readBase(apiOverride, "API");
        if (!url) {
            return std::unexpected(url.error());
        }
        out.api = *url;
        if (out.login.isEmpty()) {
            out.login = *url; // gateways and the sandbox serve both under one base
        }
    }
    if (!loginOverride.trimmed().isEmpty()) {
        const auto url = readBase(loginOverride, "login");
        if (!url) {
            return std::unexpected(url.error());
        }
        out.login = *url;
    }
    return out;
}

} // namespace Orgtrace::Genesys
