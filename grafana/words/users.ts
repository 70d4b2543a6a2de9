/** The words of the dashboard "users". */
import { panel } from './both.ts';

export const users = {
  now: panel(
    [
      'Люди сейчас',
      'Зарегистрированные, активные за 1, 7 и 30 дней, новые за сутки и заблокировавшие бота.',
      'Целей у них нет: важен ход на графиках ниже.',
      'Серые плитки: экспортёр не отвечает или не может прочитать базу.',
    ],
    [
      'People now',
      'Registered ones, active within 1, 7 and 30 days, new within a day, and those who blocked the bot.',
      'They have no goals: what counts is the course below.',
      'Grey tiles: the exporter does not answer or cannot read the database.',
    ],
  ),
  day: panel(
    [
      'Последние полные сутки',
      'За какой день цифры, сколько записали трат и доходов, новые и retention семи дней.',
      'День — вчера.',
      'День старше: посмотрите «Запросы к базе» на дашборде «Мониторинг».',
    ],
    [
      'The last whole day',
      'Which day the figures are of, expenses and incomes entered, new users and retention of seven days.',
      'The day is yesterday.',
      'It is older: look at "Queries of the database" on the dashboard "Monitoring".',
    ],
  ),
  active: panel(
    [
      'Активные за 1, 7 и 30 дней',
      'Люди, записавшие трату или доход за это время. Регулярные записи бот делает сам: они не в счёт.',
      'Линии растут или ровные.',
      'Падают: сравните с новыми и с retention.',
    ],
    [
      'Active within 1, 7 and 30 days',
      'People who entered an expense or an income within that time. Recurring ones are written by the bot and do not count.',
      'The lines grow or are even.',
      'They fall: compare with new users and retention.',
    ],
  ),
  daily: panel(
    [
      'Активные по дням',
      'Активные за каждые полные сутки и сколько их обычно в такой день недели.',
      'Столбцы около линии.',
      'Ниже линии: проверьте, не было ли в тот день сбоя.',
    ],
    [
      'Active by day',
      'Active users of every whole day, and how many are usual on such a weekday.',
      'The bars are near the line.',
      'Below it: see whether something was broken on that day.',
    ],
  ),
  subscriptions: panel(
    [
      'Подписки сейчас',
      'Сколько человек платит и сколько на пробной подписке; все действующие подписки и те, что кончатся в три дня.',
      'Целей нет: важен ход на графике «Платят и пробуют».',
      'Серые плитки: экспортёр не отвечает или не может прочитать базу.',
    ],
    [
      'Subscriptions now',
      'How many people pay and how many are on a trial; all subscriptions that are active, and those that end within three days.',
      'There are no goals: what counts is the course in "Paying and trying".',
      'Grey tiles: the exporter does not answer or cannot read the database.',
    ],
  ),
  retention: panel(
    [
      'Retention семи дней',
      'Доля активных в эти сутки среди зарегистрированных за семь дней до них.',
      'Ровно или растёт.',
      'Падает: что изменилось для новых пользователей?',
    ],
    [
      'Retention of seven days',
      'Of those registered seven days before, the share active on this day.',
      'Even, or growing.',
      'It falls: what changed for new users?',
    ],
  ),
  registered: panel(
    [
      'Новые по дням',
      'Сколько человек пришло за каждые полные сутки.',
      'Обычный ход недели.',
      'Никого: проверьте, отвечает ли бот на /start.',
    ],
    [
      'New users by day',
      'How many people came on every whole day.',
      'The usual course of a week.',
      'Nobody: see whether the bot answers /start.',
    ],
  ),
  subscribers: panel(
    [
      'Платят и пробуют',
      'Люди с оплаченной подпиской и те, у кого только пробная.',
      'Платящих не меньше.',
      'Пробных много, платящих мало: посмотрите, что видит человек в конце пробной подписки.',
    ],
    [
      'Paying and trying',
      'People with a paid subscription, and those who have only a trial.',
      'There are no fewer who pay.',
      'Many try and few pay: see what a person is shown at the end of the trial.',
    ],
  ),
  stars: panel(
    [
      'Stars по дням',
      'Сколько Telegram Stars заплатили за подписки за сутки.',
      'Столбцы есть каждую неделю.',
      'Нет столбцов: проверьте, проходит ли оплата.',
    ],
    [
      'Stars by day',
      'How many Telegram Stars were paid for subscriptions on a day.',
      'There are bars every week.',
      'None: see whether a payment goes through.',
    ],
  ),
  records: panel(
    [
      'Записи по дням',
      'Сколько трат и доходов записали за сутки.',
      'Обычный ход недели.',
      'Резко меньше: бот не отвечал или перестал понимать сообщения.',
    ],
    [
      'Entries by day',
      'How many expenses and incomes were entered on a day.',
      'The usual course of a week.',
      'Far fewer: the bot did not answer or no longer understands messages.',
    ],
  ),
  amounts: panel(
    [
      'Суммы по дням, $currency',
      'Суммы трат и доходов за сутки в валюте, выбранной вверху. Валюты не складываются.',
      'Целей нет.',
      'Выброс: чья-то ошибка в сумме; цифры не исправляются.',
    ],
    [
      'Amounts by day, $currency',
      'Expenses and incomes of a day in the currency chosen above. Currencies are never added.',
      'There are no goals.',
      "A peak: somebody's mistake in an amount; the figures are not corrected.",
    ],
  ),
  categories: panel(
    [
      'Топ категорий, $currency',
      'Десять самых больших категорий трат последних полных суток в выбранной валюте.',
      'Целей нет.',
      'Строка «нет»: в этой валюте вчера трат не было.',
    ],
    [
      'Top categories, $currency',
      'The ten largest categories of expenses of the last whole day in the chosen currency.',
      'There are no goals.',
      'A row "none": there was no expense in this currency yesterday.',
    ],
  ),
  currencies: panel(
    [
      'Суммы по валютам',
      'Траты и доходы последних полных суток в каждой валюте.',
      'Целей нет.',
      'Незнакомая валюта: посмотрите, откуда она.',
    ],
    [
      'Amounts by currency',
      'Expenses and incomes of the last whole day in each currency.',
      'There are no goals.',
      'An unknown currency: see where it is from.',
    ],
  ),
} as const;
