/** The words of the dashboard "ai". */
import { panel } from './both.ts';

export const ai = {
  now: panel(
    [
      'ИИ сейчас',
      'За последние сутки: доля успешных, запросы, токены, стоимость по оценке бота; P95 за час; прогноз на 30 дней по последним семи.',
      'Успешных больше 95 %.',
      'Прогноз больше, чем вы готовы платить: посмотрите, какой сервис растёт.',
    ],
    [
      'AI now',
      'Within a day: the share that succeeded, requests, tokens, cost as the bot estimates it; P95 of an hour; a forecast of 30 days by the last seven.',
      'More than 95% succeed.',
      'The forecast is more than you want to pay: see which provider grows.',
    ],
  ),
  success: panel(
    [
      'Успешные запросы',
      'Доля успешных запросов за полчаса по сервисам. Красный пунктир — порог алерта, оранжевый — цель.',
      'Выше оранжевого пунктира.',
      'Проверьте баланс и лимиты ключа у этого сервиса.',
    ],
    [
      'Requests that succeed',
      'The share of successful requests of half an hour by provider. The red dashes are the limit of the alert, the orange ones the goal.',
      'Above the orange dashes.',
      'Check the balance and the limits of the key at that provider.',
    ],
  ),
  providers: panel(
    [
      'Сервисы',
      'За выбранное время: запросы, из них с ошибкой, доля успешных, токены, стоимость и прогноз на 30 дней. Дорогие сверху.',
      'Ошибок единицы, расходы привычные.',
      'Дорого: сравните число запросов и токены на запрос.',
    ],
    [
      'Providers',
      'Within the chosen time: requests, failed ones, the share that succeeded, tokens, cost and a forecast of 30 days. The dearest first.',
      'A few failures, usual expenses.',
      'It is dear: compare the requests and the tokens of one.',
    ],
  ),
  latency: panel(
    [
      'Время ответа: все',
      'За сколько отвечают на половину, 95 % и 99 % запросов, с ошибкой тоже.',
      'Линии ровные.',
      'Выросло: посмотрите справа, у какого сервиса.',
    ],
    [
      'Response time: all',
      'Within what time half, 95% and 99% of the requests are answered, failed ones too.',
      'The lines are even.',
      'It grew: see beside it of which provider.',
    ],
  ),
  byProvider: panel(
    [
      'Время ответа: P95 по сервисам',
      'За сколько каждый сервис отвечает на 95 % запросов.',
      'Линии ровные.',
      'Медленный сервис: проверьте его страницу состояния или смените модель.',
    ],
    [
      'Response time: P95 by provider',
      'Within what time each provider answers 95% of the requests.',
      'The lines are even.',
      'A slow provider: look at its status page, or take another model.',
    ],
  ),
  calls: panel(
    [
      'Запросы',
      'Сколько запросов записал бот, по сервисам.',
      'Обычный ход дня.',
      'Пусто днём: бот не обращается к ИИ, посмотрите его лог.',
    ],
    [
      'Requests',
      'How many requests the bot noted, by provider.',
      'The usual course of a day.',
      'Nothing by day: the bot does not ask, look at its log.',
    ],
  ),
  failures: panel(
    [
      'Запросы с ошибкой',
      'Сколько запросов закончились ошибкой, по сервисам.',
      'Пусто или единицы.',
      'Посмотрите ошибки: `docker logs --tail 100 expense_bot_celery`.',
    ],
    [
      'Requests that fail',
      'How many requests ended with an error, by provider.',
      'Empty, or a few.',
      'See the errors: `docker logs --tail 100 expense_bot_celery`.',
    ],
  ),
  tokens: panel(
    [
      'Токены',
      'Сколько токенов потрачено, по сервисам.',
      'Растут вместе с запросами.',
      'Растут быстрее запросов: стали длиннее подсказки.',
    ],
    [
      'Tokens',
      'How many tokens were used, by provider.',
      'They grow with the requests.',
      'They grow faster than the requests: prompts became longer.',
    ],
  ),
  cost: panel(
    [
      'Стоимость за день',
      'Сколько стоили запросы за сутки по оценке бота, по сервисам.',
      'Столбцы ровные.',
      'Выросло: сравните с числом запросов и токенов.',
    ],
    [
      'Cost of a day',
      'What the requests of a day cost as the bot estimates it, by provider.',
      'The bars are even.',
      'It grew: compare with requests and tokens.',
    ],
  ),
} as const;
