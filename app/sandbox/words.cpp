#include "sandbox/words.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

QStringList words(QLatin1StringView text)
{
    return QString(text).split(u'|');
}

} // namespace

const QStringList &Words::firstNames()
{
    static const QStringList list = words(
        "Rowan|Maris|Teo|Linde|Oskar|Juno|Alba|Ivo|Nora|Silas|Vera|Emil|Tilda|Arlo|Mira|Joris|Selma|Bran|Ines|Caspar|Freya|Lior|Petra|"
        "Anton|"
        "Ylva|Milo|Greta|Hugo|Ada|Sven|Clara|Noel|Ronja|Felix|Elin|Matteo|Iris|Tomas|Lena|Aksel|Marta|Piet|Stella|Rune|Olivia|Jasper|Wilma|"
        "Levi|Edda|Kai|Thea|Niko|Hedda|Marlo|Saskia|Bela|Romy|Anders|Lotte|Vito|Signe|Remy|Karin|Dario"_L1);
    return list;
}

const QStringList &Words::lastNames()
{
    static const QStringList list = words(
        "Vale|Northbrook|Harrow|Lindgate|Fenwick|Marsh|Oakley|Stone|Birk|Castell|Dunmore|Ember|Falk|Garland|Holm|Iverley|Juniper|Kestrel|"
        "Larkin|Mossfield|Nyland|Orchard|Pryce|Quill|Ravens|Sandholm|Thorne|Ulmer|Verrin|Wexley|Yarrow|Zeller|Ashby|Bramble|Calder|Dahl|"
        "Elmwood|Foss|Greyson|Heath|Ingram|Jorvik|Kelder|Lund|Merrow|Noble|Osten|Penrose|Quarry|Rook|Sorrel|Tarn|Underhill|Vinter|Wilde|"
        "Alder|Beck|Crane|Dove|Eddings|Flint|Grove|Hollis|Isard|Jessop|Kite|Loxley|Meadow|Nettle|Otter|Pike|Reed|Swift|Teal|Upton|Vesper|"
        "Wren|Arden|Brook|Cliff|Dell|Fern|Glade|Hazel|Ivy|Knoll|Leaf|Mead|Peak|Ridge|Shore|Thicket|Vane|Warren|Weir|Wold"_L1);
    return list;
}

const QStringList &Words::departments()
{
    static const QStringList list
        = words("Customer Care|Technical Support|Sales|Billing|Retention|Back Office|Order Desk|Claims|Logistics|Partner Desk"_L1);
    return list;
}

const QStringList &Words::titles()
{
    static const QStringList list = words("Agent|Senior Agent|Specialist|Team Lead|Coordinator|Quality Coach|Planner|Trainer"_L1);
    return list;
}

const QStringList &Words::skills()
{
    static const QStringList list = words(
        "English voice|German voice|French voice|Dutch voice|Spanish voice|Italian voice|Swedish voice|Polish voice|E-mail|Web "
        "chat|Messaging|"
        "Invoices|Refunds|Contracts|Cancellations|Retention offers|Upgrades|Router setup|Fibre faults|Mobile faults|Returns|Complaints|"
        "Business accounts|VIP|Outbound sales|Escalations|Payments|Number porting"_L1);
    return list;
}

const QStringList &Words::queueTopics()
{
    static const QStringList list = words("Support|Billing|Sales|Retention|Technical|Orders|Complaints|Escalation"_L1);
    return list;
}

const QStringList &Words::wrapUps()
{
    static const QStringList list
        = words("Resolved|Callback promised|Escalated|Wrong department|No answer|Hung up|Voicemail left|Invoice explained|Refund issued|"
                "Refund refused|Address changed|Contract renewed|Contract cancelled|Upgrade sold|Upgrade refused|Fault ticket opened|"
                "Fault ticket closed|Technician booked|Order placed|Order changed|Order cancelled|Delivery delayed|Return arranged|"
                "Complaint logged|Complaint closed|Praise|Password help|Number porting|Test call|Spam|Survey offered|Language "
                "change|Transfer failed|"
                "Duplicate contact|Data correction|Payment arranged|Payment failed|Reminder sent|Supervisor asked for|Other"_L1);
    return list;
}

const QStringList &Words::languages()
{
    static const QStringList list = words("en-GB|de-DE|fr-FR|nl-NL|es-ES|it-IT|sv-SE|pl-PL"_L1);
    return list;
}

const QStringList &Words::sites()
{
    static const QStringList list = words("Amsterdam|Frankfurt|Madrid|Milan|Stockholm|Warsaw|Leeds|Lyon"_L1);
    return list;
}

QString mailAddress(const QString &name)
{
    QString local;
    for (const auto those = name.toLower(); const QChar c : those)
        local += c.isLetterOrNumber() || c == u'-' ? c : u'.';
    return local + u"@northwind.example"_s;
}

QString userName(int index)
{
    const QStringList &first = Words::firstNames();
    const QStringList &last = Words::lastNames();
    const auto invented = [&](int n) { // every pair once before a number is needed
        const auto round = n / (first.size() * last.size());
        const QString name = first[n % first.size()] + u' ' + last[(n / first.size() + n % first.size() * 7) % last.size()];
        return round == 0 ? name : name + u' ' + QString::number(round + 1);
    };
    if (index < leaders)
        return invented(index);
    if (index < leaders + contractorCount)
        return u"contractor-%1"_s.arg(index - leaders + 1, 2, 10, QLatin1Char('0'));
    if (index % 4 == 0)
        return invented(leaders + index / 4);
    return u"agent-%1"_s.arg(index, 4, 10, QLatin1Char('0'));
}

} // namespace Orgtrace::Sandbox
