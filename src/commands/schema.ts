/** Turns the tables of options into the JSON schema by which editors complete and check `[tool.nb2mod]`. */
import { overrideOptions } from '../project/configuration.ts';
import { configuredCommands, options, type ConfigurationOption, type Kind } from '../project/options.ts';
import { lastingOptions } from './strip-options.ts';

type Schema = Readonly<Record<string, unknown>>;

const draft = 'http://json-schema.org/draft-07/schema#';
const texts: Schema = { type: 'array', items: { type: 'string' } };

function schemaOfKind(kind: Kind): Schema {
  switch (kind.is) {
    case 'text':
      return { type: 'string', minLength: 1 };
    case 'texts':
    case 'names':
      return texts;
    case 'truth':
      return { type: 'boolean' };
    case 'number':
      return { type: kind.isWhole === true ? 'integer' : 'number', minimum: kind.from };
    case 'choice':
      return { type: 'string', enum: kind.of };
    case 'modules':
      return {
        type: 'object',
        additionalProperties: {
          type: 'string',
          pattern:
            '^(?!(.*\\.)?__(init|main|pycache)__(\\.|$))[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$',
        },
      };
  }
}

function schemaOfOption({ kind, help, fallback }: ConfigurationOption): Schema {
  const words = 'words' in fallback ? ` Default: ${fallback.words}.` : '';
  const description = `${sentence(help)}${words}`;
  return {
    description,
    ...schemaOfKind(kind),
    ...('value' in fallback && { default: fallback.value }),
  };
}

function schemaOfStripping({ takes, values, help, usual }: (typeof lastingOptions)[number]): Schema {
  const kind: Schema =
    takes === 'nothing'
      ? { type: 'boolean' }
      : takes !== 'value'
        ? {
            anyOf: [
              values === undefined ? texts : { type: 'array', items: { enum: values } },
              { type: 'string' },
            ],
          }
        : values === undefined
          ? { type: ['string', 'number'] }
          : { type: 'string', enum: values };
  return { description: sentence(help), ...kind, ...('value' in usual && { default: usual.value }) };
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function tableOf(description: string, properties: Schema, required?: readonly string[]): Schema {
  return {
    description,
    type: 'object',
    ...(required !== undefined && { required }),
    additionalProperties: false,
    properties,
  };
}

function propertiesOf(known: readonly ConfigurationOption[]): Schema {
  return Object.fromEntries(known.map((option) => [option.name, schemaOfOption(option)]));
}

function tableProperties(): Schema {
  const general = propertiesOf(options);
  const commands = configuredCommands.map((command): [string, Schema] => {
    const own = options.filter((option) => option.commands.includes(command));
    const table = tableOf(
      `Settings of nb2mod ${command} alone; they go before the others.`,
      propertiesOf(own),
    );
    const option = general[command] as Schema | undefined;
    return [command, option === undefined ? table : { anyOf: [option, table] }];
  });
  const stripping = Object.fromEntries(lastingOptions.map((entry) => [entry.name, schemaOfStripping(entry)]));
  const override = tableOf('Settings for some notebooks.', propertiesOf(overrideOptions), ['paths']);
  return {
    ...general,
    ...Object.fromEntries(commands),
    strip: tableOf('Settings of nb2mod strip and of the git filter.', stripping),
    overrides: {
      description: 'Settings for some notebooks; the last that fits wins.',
      type: 'array',
      items: override,
    },
  };
}

const title = 'Settings of nb2mod';
const description =
  'What nb2mod, which turns Jupyter notebooks into Python packages, reads from pyproject.toml.';

/** Of the table `[tool.nb2mod]` alone, in JSON Schema draft 7: the form of SchemaStore's partial schemas. */
export function schemaOfTable(): Schema {
  return { $schema: draft, title, ...tableOf(description, tableProperties()) };
}

/** Of a whole pyproject.toml, of which only `[tool.nb2mod]` is looked at: the form that editors can be given. */
export function schemaOfFile(): Schema {
  const table = tableOf(description, tableProperties());
  return {
    $schema: draft,
    title: 'pyproject.toml with nb2mod',
    type: 'object',
    properties: { tool: { type: 'object', properties: { nb2mod: { title, ...table } } } },
  };
}

/** As it stands in a file. */
export function formatSchema(schema: Schema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
