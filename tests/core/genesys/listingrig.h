#pragma once

#include "genesys/listing.h"
#include "support/scriptednetwork.h"

#include <QCoroTask>
#include <QTest>

/// A signed-in client over a scripted network, and the pages that are scripted for it: what the tests of listings share.
namespace ListingTest {
using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Genesys::Listing;
using Genesys::ListingRequest;
using Genesys::PagingStyle;
using Test::ScriptedExchange;
using Test::ScriptedNetwork;

inline const QString Base = u"http://127.0.0.1:9"_s;

struct Rig {
    ScriptedNetwork network;
    ManualClock clock;
    CancellationSource cancel;
    std::unique_ptr<Genesys::ApiClient> client;
    Rig()
    {
        network.setOrdered(true);
        Genesys::ApiClient::Settings settings;
        settings.endpoints = {u"custom"_s, QUrl(Base), QUrl(Base)};
        settings.clientId = u"client-1"_s;
        QByteArray secret = "secret-1";
        settings.clientSecret = Credentials::Secret::take(secret);
        settings.jitterSeed = 7;
        client = std::make_unique<Genesys::ApiClient>(network, clock, settings, cancel.token());
        ScriptedExchange token;
        token.method = "POST";
        token.url = Base + u"/oauth/token"_s;
        token.body = R"({"access_token":"token-1","token_type":"bearer","expires_in":86400})";
        network.expect(token);
    }
    Result<Listing> read(ListingRequest request) { return QCoro::waitFor(Genesys::readListing(*client, std::move(request))); }
};

inline QByteArray entities(const QStringList &ids)
{
    QByteArrayList out;
    for (const QString &id : ids) {
        out.append("{\"id\":\"" + id.toUtf8() + "\",\"name\":\"n\"}");
    }
    return out.join(',');
}

/// "a,b|total=3,pageCount=2" → a page with these entities and fields; "400:text" and "RAW:…" as they are.
inline ScriptedExchange pageOf(const QString &url, const QString &script)
{
    ScriptedExchange exchange;
    exchange.url = Base + url;
    if (script.startsWith(u"400:")) {
        exchange.status = 400;
        exchange.body = "{\"code\":\"bad.request\",\"message\":\"" + script.mid(4).toUtf8() + "\"}";
        return exchange;
    }
    if (script.startsWith(u"RAW:")) {
        exchange.body = script.mid(4).toUtf8();
        return exchange;
    }
    const QString ids = script.section(u'|', 0, 0), fields = script.section(u'|', 1);
    QByteArray body = "{\"entities\":[" + entities(ids.split(u',', Qt::SkipEmptyParts)) + "]";
    for (const QString &field : fields.split(u',', Qt::SkipEmptyParts)) {
        const QString name = field.section(u'=', 0, 0), value = field.section(u'=', 1);
        bool isNumber = false;
        static_cast<void>(value.toLongLong(&isNumber));
        body += ",\"" + name.toUtf8() + "\":" + (isNumber ? value.toUtf8() : "\"" + value.toUtf8() + "\"");
    }
    exchange.body = body + "}";
    return exchange;
}

inline QStringList idsOf(const Listing &listing)
{
    QStringList ids;
    for (const Genesys::Page &page : listing.pages) {
        ids += page.ids;
        for (const auto &broken : page.broken) {
            ids.append(u'!' + broken.id);
        }
    }
    return ids;
}
} // namespace ListingTest

#define NO_PROBLEMS(rig) QVERIFY2((rig).network.problems().isEmpty(), qPrintable((rig).network.problems().join(u'\n')))
